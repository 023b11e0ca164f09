/** Who uses the console: named in a pause and beside each action. */
export interface Operator {
  name: string
}
