/** The position of a topic without messages. */
export const NOWHERE = "0-0";

/** A position: two whole numbers, the first of which shows when the topic's numbers began anew. */
const POSITION = /^(\d{1,15})-(\d{1,15})$/;

/**
 * Compares two positions of one topic: negative where `left` is before `right`. Text that is no position is before all.
 */
export function comparePositions(left: string, right: string): number {
  const [, leftEra = "-1", leftNumber = "0"] = POSITION.exec(left) ?? [];
  const [, rightEra = "-1", rightNumber = "0"] = POSITION.exec(right) ?? [];
  return Number(leftEra) - Number(rightEra) || Number(leftNumber) - Number(rightNumber);
}

export const isPosition = (text: string): boolean => POSITION.test(text);
