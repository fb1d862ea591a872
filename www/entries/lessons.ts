// Reading a lesson's folder, from GitHub or from this computer, and the lessons that come with the page. Fetched when somebody
// looks for a lesson: see ../lessons/folder.ts.
export { builtIn, fromAddress, fromDropped, fromFiles, keptOf, zip } from "../lessons/folder";
export { pack, textOf } from "../lessons/link";
