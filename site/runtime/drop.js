// Files as a visitor gives them: chosen, in a folder, or dropped; each with its path in that folder.

/** @typedef {{file: File, path: string}} Given */

/**
 * What was chosen with an input, in the order in which a folder is listed: 2 before 10.
 * @param {FileList | File[] | null} files
 * @returns {Given[]}
 */
export function chosen(files) {
  return inOrder(
    Array.from(files ?? [], (file) => ({ file, path: file.webkitRelativePath || file.name })),
  );
}

/**
 * Keeps the browser from opening a file in place of the page where it is dropped beside a target, or
 * before there is one.
 */
export function guardDrops() {
  for (const kind of ['dragover', 'drop']) {
    addEventListener(kind, (event) => event.preventDefault());
  }
}

/**
 * The files that were dropped, and those of dropped folders, likewise.
 * @param {DataTransfer | null} transfer
 * @returns {Promise<Given[]>}
 */
export async function dropped(transfer) {
  const items = Array.from(transfer?.items ?? []).filter(({ kind }) => kind === 'file');
  // All entries at once: they are gone after the first wait.
  const entries = items.map((item) => item.webkitGetAsEntry());
  const files = items.map((item) => item.getAsFile());
  const found = await Promise.all(
    entries.map((entry, i) =>
      entry?.isDirectory ? inside(entry) : files[i] ? chosen([/** @type {File} */ (files[i])]) : [],
    ),
  );
  return inOrder(found.flat());
}

/**
 * @param {any} directory a FileSystemDirectoryEntry
 * @returns {Promise<Given[]>}
 */
async function inside(directory) {
  const reader = directory.createReader();
  /** @type {Given[]} */
  const found = [];
  // A reader hands out a hundred entries at a time, and none at the end.
  for (;;) {
    const entries = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (entries.length === 0) return found;
    for (const entry of entries) {
      if (entry.isDirectory) found.push(...(await inside(entry)));
      else found.push(await given(entry));
    }
  }
}

/** @param {any} entry a FileSystemFileEntry */
async function given(entry) {
  const file = await new Promise((done, fail) => entry.file(done, fail));
  return { file, path: entry.fullPath.replace(/^\//, '') };
}

/** @param {Given[]} files */
function inOrder(files) {
  const order = new Intl.Collator('en', { numeric: true });
  return files.sort((a, b) => order.compare(a.path, b.path));
}
