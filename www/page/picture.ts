import { element } from "./screen";

/** What a drawing looks like by the page's styles, by the names that SVG's own attributes have, too. */
const looks = [
  "color", "display", "dominant-baseline", "fill", "fill-opacity", "font-family", "font-size", "font-style", "font-weight",
  "letter-spacing", "opacity", "paint-order", "stroke", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity",
  "stroke-width", "text-anchor", "text-decoration", "visibility",
];

/** Attributes that say what a drawing is; all others are for the page. */
const kept = /^(x|y|x1|x2|y1|y2|cx|cy|r|rx|ry|d|dx|dy|points|width|height|transform|viewBox)$/;

/** Gives an element of the copy the looks of what it was made of, down to its last child. */
function dress(copy: Element, of: Element): void {
  const style = getComputedStyle(of);
  for (const { name } of [...copy.attributes]) if (!kept.test(name)) copy.removeAttribute(name);
  for (const name of looks) {
    const value = style.getPropertyValue(name);
    if (value) copy.setAttribute(name, value);
  }
  const children = [...of.children];
  [...copy.children].forEach((child, at) => dress(child, children[at]!));
}

/** The picture that the page shows, as an SVG that needs no styles; undefined where none is shown. */
export function svgOfPicture(): { svg: string; width: number; height: number } | undefined {
  const picture = document.querySelector<SVGSVGElement>(".picture .canvas > svg");
  if (!picture) return undefined;
  const [width, height] = [picture.width.baseVal.value, picture.height.baseVal.value];
  const copy = picture.cloneNode(true) as SVGSVGElement;
  dress(copy, picture);
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const ground = document.createElementNS(copy.namespaceURI, "rect");
  const colour = getComputedStyle(document.body).backgroundColor;
  for (const [name, value] of Object.entries({ width, height, fill: colour })) ground.setAttribute(name, String(value));
  copy.prepend(ground);
  return { svg: new XMLSerializer().serializeToString(copy), width, height };
}

/** Pixels of the PNG for each of the page's. */
const scale = 2;

async function pngOf({ svg, width, height }: { svg: string; width: number; height: number }): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = element("canvas", { width: width * scale, height: height * scale });
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture came of it"))), "image/png");
  });
}

/** Offers the picture as a file to download. Resolves to the file's name, or to nothing where no picture is shown. */
export async function savePicture(kind: "svg" | "png"): Promise<string> {
  const picture = svgOfPicture();
  if (!picture) return "";
  const blob = kind === "png" ? await pngOf(picture) : new Blob([picture.svg], { type: "image/svg+xml" });
  const link = element("a", { href: URL.createObjectURL(blob), download: `kube-playground.${kind}` });
  link.click();
  URL.revokeObjectURL(link.href);
  return link.download;
}
