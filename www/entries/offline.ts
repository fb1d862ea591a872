// The page's side of sw.js: see ../offline/page.ts.
export { beginWithNewest, register } from "../offline/page";
