/** Functions run on the Node of Lambda’s runtime, and the local cloud keeps its state in this Node’s SQLite. */
const NODE = 24

/** This Node is older than what the functions run on. */
class NodeTooOld extends Error {
  constructor() {
    super(
      `The local cloud needs Node ${NODE}, which functions run on as on AWS; this is ${process.versions.node}. ` +
        `Run npm install --save-dev node@${NODE} here, and npx uses that one.`,
    )
    this.name = 'NodeTooOld'
  }
}

/** @throws NodeTooOld */
export function requireNode24(): void {
  if (Number(process.versions.node.split('.')[0]) < NODE) throw new NodeTooOld()
}
