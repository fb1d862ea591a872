// Links that hold a session, and what else becomes of one: see ../page/shared.ts, script.ts, manifests.ts.
export { manifestsOf } from "../page/manifests";
export { savePicture } from "../page/picture";
export { scriptOf } from "../page/script";
export { link, open, withLesson } from "../page/shared";
