// Links that hold a session: see ../page/shared.ts.
export { link, open } from "../page/shared";
