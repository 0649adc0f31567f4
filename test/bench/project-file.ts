import { fileURLToPath } from 'node:url';

/** A file that lies beside the bench's own. */
export function fileOf(name: string): URL {
  return new URL(`./${name}`, import.meta.url);
}

/** Path of a file of the project, wherever the bench was started. */
export function projectFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
