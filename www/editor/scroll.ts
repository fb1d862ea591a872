import { EditorView } from "@codemirror/view";

/** Scrolls back to the start of the lines once the cursor is on one that fits: a long line left the others without theirs. */
export const scrollBack = EditorView.updateListener.of((update) => {
  if (!update.selectionSet && !update.docChanged) return;
  update.view.requestMeasure({
    key: scrollBack,
    read: (view) => {
      const { scrollDOM, state } = view;
      if (scrollDOM.scrollLeft === 0) return false;
      const [edge, end] = [scrollDOM.getBoundingClientRect(), view.coordsAtPos(state.doc.lineAt(state.selection.main.head).to, -1)];
      return end !== null && end.right + scrollDOM.scrollLeft < edge.left + scrollDOM.clientWidth;
    },
    write: (fits, view) => {
      if (fits) view.scrollDOM.scrollLeft = 0;
    },
  });
});
