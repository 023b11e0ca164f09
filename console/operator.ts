/** The console's user, who is named in a pause and with each action. */
export interface Operator {
  name: string
}
