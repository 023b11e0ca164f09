/**
 * The sentences of the servers that may come while rows are read. What a running statement says is shown only where it is one of
 * these: a function, procedure or trigger may raise an error or a warning of any number and SQLSTATE (SIGNAL), with a row's values
 * as its words.
 *
 * https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-code-reference/
 */

/** What stands for a part of a sentence; `%` is hidden, the others are kept, since they are names of the query or of the server. */
const PARTS: Record<string, string> = {
  '%': '[\\s\\S]*?',
  '{number}': '\\d{1,10}',
  '{type}':
    '(?:UNSIGNED )?(?:INTEGER|DOUBLE|DECIMAL|FLOAT|DATE|TIME|DATETIME|TIMESTAMP|YEAR|JSON|VECTOR|CHAR|BINARY|INET4|INET6|UUID)(?:\\(\\d+(?:,\\d+)?\\))?',
  '{column}': "['`][^'`\"]*['`](?:\\.['`][^'`\"]*['`]){0,2}",
  '{function}': "'?[a-z][a-z0-9_]*'?",
  '{expression}': '[a-z][a-z0-9_]*',
}
const PART = /'%'|"%"|%|\{\w+\}/g

const SENTENCES = `
Cannot execute statement in a READ ONLY transaction%
Can't create more than max_prepared_stmt_count statements (current value: {number})
Case not found for CASE statement
Column '%' cannot be null
Connection was killed
Deadlock found when trying to get lock; try restarting transaction
Disk full (%); waiting for someone to free some space...%
Division by 0
Duplicate entry '%' for key '%'
EXPLAIN/SHOW can not be issued; lacking privileges for underlying table
Field '%' doesn't have a default value
Got error % from storage engine%
Got error '%' from regexp
Illegal argument to a regular expression.
Incorrect key file for table '%'; try to repair it
Lock wait timeout exceeded; try restarting transaction
Mismatched parenthesis in regular expression.
No data - zero rows fetched, selected, or processed
Out of memory%
Out of sort memory, consider increasing server sort buffer size
Overflow in the regular expression backtrack stack.
Prepared statement needs to be re-prepared
Query execution was interrupted
Query execution was interrupted (max_statement_time exceeded)
Query execution was interrupted, maximum statement execution time exceeded
Query execution was interrupted. The query exceeded % %. The query result may be incomplete
Query execution was interrupted. The query examined at least {number} rows, which exceeds LIMIT ROWS EXAMINED ({number}). The query result may be incomplete
Recursive limit {number} (as set by the max_sp_recursion_depth variable) was exceeded for routine %
Recursive query aborted after {number} iterations. Try increasing @@cte_max_recursion_depth to a larger value.
Recursive stored functions and triggers are not allowed%
Result consisted of more than one row
Result string is longer than 'max_allowed_packet' bytes
Server shutdown in progress
Sort aborted%
Subquery returns more than 1 row
Syntax error in regular expression on line {number}, character {number}.
Table definition has changed, please retry transaction
The JSON document exceeds the maximum depth.
The SELECT would examine more than MAX_JOIN_SIZE rows; check your WHERE and use SET SQL_BIG_SELECTS=1 or SET MAX_JOIN_SIZE=# if the SELECT is okay
The table '%' is full
The user specified as a definer ('%'@'%') does not exist
Thread stack overrun: %
Timeout exceeded in regular expression match.
Unknown error
View '%' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them
XPATH syntax error: '%'
XPATH error: '%'
% command denied to user '%'@'%' for table %
% command denied to user '%'@'%' for column '%' in table '%'
% command denied to user '%'@'%' for routine '%'
% value is out of range in '%'
Invalid GIS data provided to function {function}.
A parameter of function {function} contains a geometry with % %, which is out of range. It must be within %.
Latitude % is out of range in function {function}. It must be within %.
Longitude % is out of range in function {function}. It must be within %.
Invalid JSON text in argument {number} to function {function}: "%" at position {number}.%
Invalid JSON path expression. The error is around character position {number}.%
Invalid JSON character data provided to function {function}: '%'; utf8 is required.
Invalid data type for JSON data in argument {number} to function {function}; a JSON string or JSON type is required.
Cannot create a JSON value from a string with CHARACTER SET '%'.
Out of range JSON value for CAST to {type} from column {expression} at row {number}
Invalid JSON value for CAST to {type} from column {expression} at row {number}
Broken JSON string in argument {number} to function {function} at position {number}
Character disallowed in JSON in argument {number} to function {function} at position {number}
Syntax error in JSON path in argument {number} to function {function} at position {number}
Wildcards or range in JSON path not allowed in argument {number} to function {function}
Unexpected end of JSON text in argument {number} to function {function}
Syntax error in JSON text in argument {number} to function {function} at position {number}
Incorrect escaping in JSON text in argument {number} to function {function} at position {number}
Limit of {number} on JSON nested structures depth is reached in argument {number} to function {function} at position {number}
Row {number} was cut by GROUP_CONCAT()
Row {number} was cut by {function}()
Row {number} was cut by {function})
Result of {function}() was larger than max_allowed_packet ({number}) - truncated
Out of range value for column {column} at row {number}
Data truncated for column {column} at row {number}
Data too long for column {column} at row {number}
Truncated incorrect {type} value: '%'
Incorrect {type} value: '%'
Incorrect {type} value: '%' for column {column} at row {number}
Incorrect {type} value: '%' for function {function}
Incorrect % value: '%' for function {function}
Incorrect string value: '%' for column {column} at row {number}
Invalid % character string: '%'
Cannot convert string '%' from % to %
Cannot convert '%' character % to '%'
Got overflow when casting '%' to {type}. Value truncated
`
  .trim()
  .split('\n')
  .map((sentence) => ({ sentence, pattern: patternOf(sentence) }))

/** Said in place of other words. */
export const HIDDEN = 'its text is not shown, since it is none of the server’s usual ones and may have a row’s data'

/** @returns the server's sentence without what it quotes; null where the message is none that is known */
export function ownWords(message: string): string | null {
  for (const { sentence, pattern } of SENTENCES) {
    const kept = pattern.exec(message)
    if (!kept) continue
    let next = 1
    return sentence.replace(PART, (part) => (part.includes('%') ? '(a value)' : kept[next++]!))
  }
  return null
}

function patternOf(sentence: string): RegExp {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const parts = sentence.split(/(%|\{\w+\})/)
  const source = parts.map((part) => {
    const found = PARTS[part]
    if (found === undefined) return literal(part)
    return part === '%' ? found : `(${found})`
  })
  return new RegExp(`^${source.join('')}$`, 'i')
}

/** The column's or function's name that a message ends with. No value comes behind it, so no value can pass for it. */
const ENDS_WITH_NAME = / for (?:column ['`][^'`"]*['`](?:\.['`][^'`"]*['`]){0,2}(?: at row \d+)?|function [a-z0-9_]+)$/

/** Not the apostrophe of `Can't`. */
const OPENING_QUOTE = /(?<!n(?='t ))['"`]/

/**
 * A message without what it quotes, of a statement that does not run yet: values of the query may be among it. The name of a
 * column or function is kept where the message ends with it.
 */
export function withoutData(message: string): string {
  const end = ENDS_WITH_NAME.exec(message)
  const head = end ? message.slice(0, end.index) : message
  const from = head.search(OPENING_QUOTE)
  if (from === -1) return message
  const to = Math.max(head.lastIndexOf("'"), head.lastIndexOf('"'), head.lastIndexOf('`'))
  return `${head.slice(0, from)}(a value)${to > from ? head.slice(to + 1) : ''}${end?.[0] ?? ''}`
}
