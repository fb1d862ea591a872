/** Fonts with Hangul that a computer may have, those made for terminals first. */
const fonts = [
  "D2Coding",
  "NanumGothicCoding",
  "Noto Sans Mono CJK KR",
  "Apple SD Gothic Neo",
  "AppleSDGothicNeo-Regular",
  "Malgun Gothic",
  "Noto Sans CJK KR",
  "Noto Sans KR",
];
const range = "U+1100-11FF,U+3130-318F,U+AC00-D7A3";
/** How wide a syllable may be, in percent of the type's size. */
const LARGEST = 106;
const known = new Map<string, Promise<string | undefined>>();

/**
 * A font family for Hangul alone, from a font of this computer, scaled so that a syllable is as wide as two letters of
 * `mono`, but not larger than they look: a terminal gives it two cells. Undefined where there is no such font.
 */
export function hangulFor(mono: string): Promise<string | undefined> {
  let family = known.get(mono);
  if (!family) known.set(mono, (family = make(mono).catch(() => undefined)));
  return family;
}

async function make(mono: string): Promise<string | undefined> {
  const plain = `kp-hangul-${known.size}`;
  const wide = `${plain}-wide`;
  if (!(await define(plain, 100))) return undefined;
  const canvas = document.createElement("canvas").getContext("2d");
  const width = (family: string, text: string) => {
    if (!canvas) return 0;
    canvas.font = `100px ${family}`;
    return canvas.measureText(text).width;
  };
  // Two cells wide it would be clearly larger than the letters beside it: what is missing is left as space around it.
  const scale = (100 * Math.min(2 * width(mono, "W"), LARGEST)) / width(plain, "가");
  return scale > 60 && scale < 180 && (await define(wide, scale)) ? wide : undefined;
}

/** Defines a family; false when no font of it is there. */
async function define(family: string, scale: number): Promise<boolean> {
  const style = document.createElement("style");
  const local = fonts.map((font) => `local("${font}")`).join();
  // As high as a line of letters: a row shows nothing beyond its own height.
  const height = "ascent-override:76%;descent-override:19%;line-gap-override:0%";
  style.textContent = `@font-face{font-family:${family};src:${local};unicode-range:${range};size-adjust:${scale}%;${height}}`;
  document.head.append(style);
  return (await document.fonts.load(`100px ${family}`, "가")).length > 0;
}
