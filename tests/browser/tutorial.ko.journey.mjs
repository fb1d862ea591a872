// The whole tutorial, in Korean.
import { tutorial } from "./tutorial.mjs";

export default (t) => tutorial(t, "ko");
