import type { ITerminalOptions } from "@xterm/xterm";

/** Colours and type of a terminal from the CSS variables in force at `element`. */
export function terminalTheme(element: HTMLElement): ITerminalOptions {
  const style = getComputedStyle(element);
  const value = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  return {
    fontFamily: value("--mono", "monospace"),
    fontSize: Number.parseFloat(value("--term-size", "13")),
    lineHeight: 1.25,
    minimumContrastRatio: 4.5,
    theme: {
      background: value("--term", "#0f1720"),
      foreground: value("--term-ink", "#d7e0ea"),
      cursor: value("--term-ink", "#d7e0ea"),
      cursorAccent: value("--term", "#0f1720"),
      selectionBackground: value("--term-selection", "#2b4a7d"),
      black: "#1c2733",
      red: "#ff8a80",
      green: "#7fdcb4",
      yellow: "#f0c674",
      blue: "#8fb2ff",
      magenta: "#c3a6ff",
      cyan: "#7fd3e0",
      white: "#d7e0ea",
      brightBlack: value("--term-ink-2", "#8b9bad"),
      brightRed: "#ffb4ab",
      brightGreen: "#a5ecce",
      brightYellow: "#f7dda0",
      brightBlue: "#b4ccff",
      brightMagenta: "#d9c7ff",
      brightCyan: "#a8e4ee",
      brightWhite: "#ffffff",
    },
  };
}
