// Reading a lesson's folder, from GitHub or from this computer: see ../lessons/folder.ts. Fetched when somebody opens one.
export { fromAddress, fromFiles } from "../lessons/folder";
