// In another page's frame: see ../page/embedded.ts.
import { answerHost } from "../page/embedded";

answerHost();
