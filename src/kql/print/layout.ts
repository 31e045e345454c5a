/** What the layout of lists has in common, and what every part of the printer is given. */
import type { Doc } from 'prettier';
import { builders } from 'prettier/doc';
import type { Span } from '../../source.ts';
import type { CommentCursor } from './comments.ts';

const { group, indent, line, softline } = builders;

export interface Layout {
  readonly comments: CommentCursor;
  /** On one line: nothing breaks, and pieces without a tree lose their line breaks and comments. */
  readonly oneLine: boolean;
  /** Whether an empty line stands before the line that begins at an offset; absent where the text is not known. */
  readonly hasBlankLineBefore?: (offset: number) => boolean;
}

interface Placed {
  readonly span: Span;
}

/**
 * Elements with commas and breakable blanks between them. Comments stay with their element.
 * @param end where the list's parent ends: comments up to there belong to the last element
 */
export function separated<Element extends Placed>(
  layout: Layout,
  elements: readonly Element[],
  layOut: (layout: Layout, element: Element) => Doc,
  end: number,
): Doc {
  return elements.map((element, index): Doc => {
    const next = elements[index + 1];
    const leading = layout.comments.leading(element);
    const laid = layOut(layout, element);
    const limit = next?.span.start ?? end;
    return [
      leading,
      laid,
      next === undefined ? '' : ',',
      layout.comments.trailing(limit),
      next === undefined ? '' : line,
    ];
  });
}

/** A list in brackets that breaks into one element a line. */
export function bracketedList<Element extends Placed>(
  layout: Layout,
  open: string,
  elements: readonly Element[],
  layOut: (layout: Layout, element: Element) => Doc,
  close: string,
  end: number,
): Doc {
  const list = separated(layout, elements, layOut, end);
  return group([open, indent([softline, list, layout.comments.dangling(end)]), softline, close]);
}

/** A list behind an operator's word that breaks into one element a line. */
export function trailingList<Element extends Placed>(
  layout: Layout,
  elements: readonly Element[],
  layOut: (layout: Layout, element: Element) => Doc,
): Doc {
  if (elements.length === 0) return '';
  const end = elements[elements.length - 1]?.span.end ?? 0;
  return indent([line, separated(layout, elements, layOut, end)]);
}
