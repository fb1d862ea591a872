// The whole tutorial, in Korean.
import { tutorial } from "./tutorial.mjs";

export const limit = 300;
export default (t) => tutorial(t, "ko");
