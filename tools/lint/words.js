/**
 * Refuses words and sentence openings that hide who does what. `sansocket/words` reads comments, and
 * `tools/test/words.test.ts` reads the Markdown files; both use the table below.
 */

/** @typedef {ReturnType<import("eslint").SourceCode["getAllComments"]>} Comments */

/** A sentence starts a paragraph or follows another sentence. */
const START = "(?:^|[.;:] )";

/** @type {readonly (readonly [pattern: RegExp, instead: string])[]} */
const TABLE = [
  [/\bannounc\w*/i, "emit, dispatch, report or declare"],
  [/\btold\b/i, "reported, emitted, given; or name who tells"],
  [
    /\b(?:is|are|be|was|were|been) asked\b(?! (?:for|to)\b)/i,
    "the subject: the application answers, the server chooses",
  ],
  [/\bof those who\b/i, "the noun: peers, clients, listeners"],
  [/\bhears? of\b/i, "learns, receives, notices"],
  [/\bwhom\b/i, "the noun: the peer, the client, the listener"],
  [new RegExp(`${START}(?:Who|Whose|Whoever)\\b(?![^.]*\\?)`), "the noun: the peer, the server"],
  [
    new RegExp(`${START}What\\b(?![^.]*\\?)`),
    "the name of the thing: the options, the bytes, the result",
  ],
  [/^That (?:the|a|an|no) /, "a sentence: the server reads…"],
];

/**
 * Finds the first refused wording in a paragraph: the words found, and what to write instead.
 * @param {string} paragraph
 * @returns {{ readonly found: string, readonly instead: string } | undefined}
 */
export function problemOf(paragraph) {
  for (const [pattern, instead] of TABLE) {
    const found = pattern.exec(paragraph)?.[0];
    if (found !== undefined) return { found: found.replace(/^[.;:] /, ""), instead };
  }
  return undefined;
}

/**
 * Splits a comment into paragraphs, each on one line; a tag of JSDoc starts a paragraph of its text.
 * @param {string} comment
 */
const paragraphsOf = (comment) =>
  comment
    .replace(/^\*/, "")
    .replace(/^[ \t]*\* ?/gm, "")
    .split(/\n\s*\n|\n?\s*@\w+ (?:\{[^\n]*\} )?(?:[\w.[\]]+ )?/)
    .map((paragraph) => paragraph.replace(/\s+/g, " ").trim());

/** @type {import("eslint").Rule.RuleModule} */
export const words = {
  meta: { type: "problem", schema: [], messages: { word: "“{{found}}”: write {{instead}}" } },
  create({ sourceCode, report }) {
    return {
      Program() {
        for (const { loc, value } of joined(sourceCode.getAllComments()))
          for (const paragraph of paragraphsOf(value)) {
            const data = problemOf(paragraph);
            if (data !== undefined) report({ loc, messageId: "word", data });
          }
      },
    };
  },
};

/**
 * Joins `//` comments that stand on lines after each other: a sentence may run over several.
 * @param {Comments} comments
 */
function joined(comments) {
  /** @type {{ loc: NonNullable<Comments[number]["loc"]>, value: string, end: number }[]} */
  const all = [];
  for (const { type, loc, value } of comments) {
    if (!loc) continue;
    const last = all.at(-1);
    if (type === "Line" && last?.end === loc.start.line - 1) {
      last.value += `\n${value}`;
      last.end = loc.end.line;
    } else all.push({ loc, value, end: type === "Line" ? loc.end.line : -1 });
  }
  return all;
}

/** The longest first sentence of an exported class or function, in words. */
const LONGEST = 20;

/** @type {import("eslint").Rule.RuleModule} */
export const firstSentence = {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      long: `a first sentence of {{count}} words: at most ${LONGEST} say what this does`,
    },
  },
  create({ sourceCode, report }) {
    return {
      ":matches(ExportNamedDeclaration, ExportDefaultDeclaration):has(> :matches(ClassDeclaration, FunctionDeclaration))"(
        /** @type {any} */ node,
      ) {
        const comment = sourceCode.getCommentsBefore(node).at(-1);
        if (!comment?.loc || !comment.value.startsWith("*")) return;
        const [first = ""] = paragraphsOf(comment.value);
        const [sentence = ""] = first.split(/[.;:?!](?: |$)/);
        const count = sentence.split(" ").length;
        if (count > LONGEST)
          report({ loc: comment.loc, messageId: "long", data: { count: `${count}` } });
      },
    };
  },
};
