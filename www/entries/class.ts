// The script of class.html: see ../class/page.ts.
import { showClass } from "../class/page";

showClass();
