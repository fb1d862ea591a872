// What must work when the wasm does not: see ../page/crash.ts.
import { installCrashPage } from "../page/crash";

installCrashPage();
// Where inline scripts are blocked nothing starts, and the page's own frame may say so without waiting.
if (!("partMissing" in globalThis)) document.querySelectorAll(".loading .blocked").forEach((it) => it.classList.add("at-once"));
