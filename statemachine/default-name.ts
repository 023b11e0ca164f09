/** The default name of a stack and of the construct in it, which commands look for unless told otherwise. */
export const DEFAULT_NAME = 'Carryout'
