export const one = 'I am one'
export const two = 'I am two'
