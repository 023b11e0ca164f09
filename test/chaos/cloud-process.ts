/** The laptop's stack in a process of its own, which the harness may kill at any moment. Options are JSON in the arguments. */
import { startLaptop } from '../../laptop/laptop.ts'

const cloud = await startLaptop({ ...JSON.parse(process.argv[2]!), onProgress: (line) => console.error(line) })
const { endpointUrl, outputs } = cloud
process.stdout.write(`${JSON.stringify({ endpointUrl, outputs })}\n`)
process.on('SIGTERM', () => void cloud.stop().then(() => process.exit(0)))
// Whoever started it has died.
process.stdin.on('end', () => process.exit(1)).resume()
