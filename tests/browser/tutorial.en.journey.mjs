// The whole tutorial, in English.
import { tutorial } from "./tutorial.mjs";

export const limit = 300;
export default (t) => tutorial(t, "en");
