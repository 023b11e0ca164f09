export const late = 'I am late'
