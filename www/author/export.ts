import { button, element } from "../page/screen";
import { type Draft, nameOf } from "./draft";
import { dialog, paragraph, row } from "./dialog";
import { LONGEST_LINK } from "../lessons/link";
import { folderOf, lessons, linkOf } from "./parts";
import { t } from "./texts";

/** The dialog that gives the lesson away: as a zip of its folder, or as a link that holds it. */
export async function askExport(draft: Draft): Promise<void> {
  const link = await linkOf(draft);
  dialog(t.exportTitle, (close) => {
    const address = element("input", { type: "text", value: link, readOnly: true });
    address.setAttribute("aria-label", t.address);
    const said = paragraph("");
    said.setAttribute("role", "status");
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(link);
        said.textContent = t.copied;
      } catch {
        said.textContent = t.notCopied;
        address.select();
      }
    };
    const short = link.length <= LONGEST_LINK;
    return [
      element("h3", { textContent: t.exportLink }),
      paragraph(short ? t.linkWhat(link.length) : t.linkLong(link.length)),
      ...(short ? [element("div", { className: "link-row" }, [address, button(t.exportLink, () => void copy(), true)]), said] : []),
      element("h3", { textContent: t.exportZip }),
      paragraph(t.zipWhat),
      row(button(`${nameOf(draft)}.zip`, () => void download(draft), !short), button(t.close, close)),
    ];
  });
}

async function download(draft: Draft): Promise<void> {
  const bytes = (await lessons()).zip(folderOf(draft));
  const href = URL.createObjectURL(new Blob([bytes], { type: "application/zip" }));
  element("a", { href, download: `${nameOf(draft)}.zip` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
