// A route of pages.
export default () => "An ordinary page\n";
