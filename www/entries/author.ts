// The script of author.html: see ../author/page.ts.
import { writeLessons } from "../author/page";

void writeLessons();
