/** What a stack is called, and the construct in it, unless an app names them: commands look for these where they are told no others. */
export const DEFAULT_NAME = 'Carryout'
