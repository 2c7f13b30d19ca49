// What samples of a packed dataset share with others: a slide, a patient, a writer.

/**
 * @param {import('./dataset.js').Dataset} dataset
 * @param {string} split
 * @returns {string[] | null} for each sample the name of its group; null without groups
 */
export function groupsOf({ manifest }, split) {
  const { groups } = manifest;
  if (!groups) return null;
  return manifest.splits[split].sheets.flatMap((sheet) => {
    const bytes = Uint8Array.from(atob(sheet.groups ?? ''), (letter) => letter.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    // docs/formats.md: uint16, little-endian
    return Array.from({ length: sheet.samples }, (_, i) => groups[view.getUint16(2 * i, true)]);
  });
}
