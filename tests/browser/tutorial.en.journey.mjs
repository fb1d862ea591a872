// The whole tutorial, in English.
import { tutorial } from "./tutorial.mjs";

export default (t) => tutorial(t, "en");
