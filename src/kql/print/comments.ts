/** Puts comments back where they stood: a cursor over them that walks along with the printer. */
import type { Doc } from 'prettier';
import { builders } from 'prettier/doc';
import type { Span } from '../../source.ts';
import type { Comment } from '../ast.ts';

const { breakParent, hardline, lineSuffix } = builders;

/** A comment at the end of the line that is being printed, wherever that line ends. */
function atLineEnd(comment: Comment): Doc {
  return lineSuffix(` ${comment.text.trimEnd()}`);
}

/** A comment behind which the line must end. */
function endingLine(comment: Comment): Doc {
  return [atLineEnd(comment), breakParent];
}

export class CommentCursor {
  readonly #comments: readonly Comment[];
  #next = 0;

  /** @param comments in the order of the text */
  constructor(comments: readonly Comment[]) {
    this.#comments = comments;
  }

  #take(limit: number, isWanted: (comment: Comment) => boolean): readonly Comment[] {
    const from = this.#next;
    for (;;) {
      const comment = this.#comments[this.#next];
      if (comment === undefined || comment.span.start >= limit || !isWanted(comment)) break;
      this.#next++;
    }
    return this.#comments.slice(from, this.#next);
  }

  /** Where a node begins with the comments before it that are left. */
  startOf(node: { readonly span: Span }): number {
    return Math.min(node.span.start, this.#comments[this.#next]?.span.start ?? Infinity);
  }

  /** The comments before a node that begins a line: each gets a line of its own. */
  leading(node: { readonly span: Span }): Doc {
    return this.#take(node.span.start, () => true).map((comment) => [comment.text.trimEnd(), hardline]);
  }

  /** The comments before a node in the middle of a line: they go to its end. */
  inline(node: { readonly span: Span }): Doc {
    return this.#take(node.span.start, () => true).map(atLineEnd);
  }

  /** The comments that end the line of what has just been printed. `limit` is where the next thing starts. */
  trailing(limit: number): Doc {
    return this.#take(limit, (comment) => !comment.ownLine).map(endingLine);
  }

  /** The comments up to a place where no line can be broken: they go to the line's end. */
  passing(limit: number): Doc {
    return this.#take(limit, () => true).map(atLineEnd);
  }

  /** The comments left before a closing bracket on a line of its own, or at the end. */
  dangling(limit: number): Doc {
    return this.#take(limit, () => true).map((comment) =>
      comment.ownLine ? [hardline, comment.text.trimEnd()] : endingLine(comment),
    );
  }

  /** Passes over the comments inside a node that is printed as it was written. */
  skip(node: { readonly span: Span }): void {
    this.#take(node.span.end, () => true);
  }
}
