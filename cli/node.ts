/** The version of Lambda's runtime. The local cloud also needs it for its SQLite. */
const NODE = 24

/** This version of Node is older than that of the functions. */
class NodeTooOld extends Error {
  constructor() {
    super(
      `The local cloud needs Node ${NODE}, the version of the functions on AWS. This is ${process.versions.node}. ` +
        `Run npm install --save-dev node@${NODE} here; npx then uses that version.`,
    )
    this.name = 'NodeTooOld'
  }
}

/** @throws NodeTooOld */
export function requireNode24(): void {
  if (Number(process.versions.node.split('.')[0]) < NODE) throw new NodeTooOld()
}
