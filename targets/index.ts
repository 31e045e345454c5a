/** The only registry of targets: a new target is a folder and a line here. */
import type { Note } from '../src/diagnostic.ts';
import { joinVerdict } from '../src/ir/fidelity.ts';
import type { Detection } from '../src/ir/types.ts';
import type { SourceFile } from '../src/source.ts';
import { chronicle } from './chronicle/index.ts';
import { sigma } from './sigma/index.ts';
import { splunk } from './splunk/index.ts';
import type { ConversionOptions, Output, Target, TargetRooms } from './target.ts';

/** Puts a target's rooms in a row and hides its tree. */
export function defineTarget<Tree>(rooms: TargetRooms<Tree>): Target {
  return {
    id: rooms.id,
    title: rooms.title,
    codes: rooms.codes,
    comment: rooms.comment,
    running: rooms.running,
    convert(detection: Detection, options: ConversionOptions): Output {
      const { adapted, notes, unmapped } = rooms.adapt(detection, options);
      const files = adapted === undefined ? [] : rooms.print(rooms.emit(adapted, options), options);
      return {
        target: rooms.id,
        verdict: adapted === undefined ? 'refused' : joinVerdict(notes),
        notes: sortNotes(notes),
        unmapped,
        files,
      };
    },
    read(file: SourceFile) {
      const { tree, diagnostics } = rooms.read(file);
      return { detection: tree === undefined ? undefined : rooms.raise(tree), diagnostics };
    },
  };
}

/** In the order of the source, then by code; the same note at the same place is said once. */
function sortNotes(notes: readonly Note[]): readonly Note[] {
  const unique = new Map<string, Note>();
  for (const note of notes) {
    unique.set(JSON.stringify([note.span.start, note.span.end, note.code, note.effect, note.message]), note);
  }
  return [...unique.values()].sort(
    (a, b) =>
      a.span.start - b.span.start ||
      a.span.end - b.span.end ||
      compareText(a.code, b.code) ||
      compareText(a.effect, b.effect) ||
      compareText(a.message, b.message),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export const targets: readonly Target[] = [defineTarget(sigma), defineTarget(splunk), defineTarget(chronicle)];

/** The target with that id, if there is one. */
export function targetById(id: string): Target | undefined {
  return targets.find((target) => target.id === id);
}
