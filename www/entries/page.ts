// What must work when the wasm does not: see ../page/crash.ts.
import { installCrashPage } from "../page/crash";

installCrashPage();
