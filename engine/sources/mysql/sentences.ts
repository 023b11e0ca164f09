/** The error messages of MySQL and MariaDB, used by `server-words.ts`, which explains `%` and `{…}`. */

/**
 * Messages that may come while rows are read. A sentence that continues after a value precedes one that ends with it.
 *
 * https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html,
 * https://mariadb.com/kb/en/mariadb-error-code-reference/
 */
export const OF_RUNNING = `
Argument of NTILE must be greater than 0
Can't find FULLTEXT index matching the column list
Cannot execute statement in a READ ONLY transaction%
Can't create more than max_prepared_stmt_count statements (current value: {number})
Case not found for CASE statement
Column '%' cannot be null
Conversion from collation % into % impossible for %
Connection was killed
Deadlock found when trying to get lock; try restarting transaction
Disk full (%); waiting for someone to free some space...%
Division by 0
Duplicate entry '%' for key '%'
EXPLAIN/SHOW can not be issued; lacking privileges for underlying table
ANALYZE/EXPLAIN/SHOW can not be issued; lacking privileges for underlying table
Field '%' doesn't have a default value
Got error % from storage engine%
Got error '%' from regexp
Illegal argument to a regular expression.
Incorrect key file for table '%'; try to repair it
Illegal mix of collations % for operation '%'
Incorrect arguments to {function}
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
Regex error '%'
Result consisted of more than one row
Result string is longer than 'max_allowed_packet' bytes
Running in read-only mode
Server shutdown in progress
Session was killed
Sort aborted%
Subquery returns more than 1 row
Syntax error in regular expression on line {number}, character {number}.
Table definition has changed, please retry transaction
The JSON document exceeds the maximum depth.
The SELECT would examine more than MAX_JOIN_SIZE rows; check your WHERE and use SET SQL_BIG_SELECTS=1 or SET MAX_JOIN_SIZE=# if the SELECT is okay
The % server is running with the % option so it cannot execute this statement
The client was disconnected by the server because of inactivity. See wait_timeout and interactive_timeout for configuring this behavior.
The server is currently in offline mode
The table '%' is full
The user specified as a definer ('%'@'%') does not exist
Thread stack overrun: %
Timeout exceeded in regular expression match.
Unknown error
User '%' has exceeded the '%' resource (current value: {number})
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
Unexpected end of JSON path in argument {number} to function {function}
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
Incorrect {type} value: '%' for column {column} at row {number}
Incorrect {type} value: '%' for function {function}
Incorrect {type} value: '%'
Incorrect string value: '%' for column {column} at row {number}
Incorrect string value: '%' for function {function}
Incorrect % value: '%' for function {function}
Invalid {charset} character string: '%'
Cannot convert string '%' from {charset} to {charset}
Cannot convert '{charset}' character % to '{charset}'
Got overflow when casting '%' to {type}. Value truncated
`

/**
 * Messages about a statement that is refused before it reads a row: they quote only the query's own text and the names
 * in it.
 */
export const OF_THE_TEXT = `
%You have an error in your SQL syntax; check the manual that corresponds to your % server version for the right syntax to use near '%' at line {number}
Access denied for user '%'@'%' (using password: %)
Access denied for user '%'@'%' to database '%'
Access denied; you need (at least one of) the % privilege(s) for this operation
ANALYZE/EXPLAIN/SHOW can not be issued; lacking privileges for underlying table
Can't find FULLTEXT index matching the column list
Can't group on '%'
COLLATION '%' is not valid for CHARACTER SET '%'
Column '%' in % is ambiguous
Duplicate column name '%'
Every derived table must have its own alias
EXPLAIN/SHOW can not be issued; lacking privileges for underlying table
Expression #{number} of % is not in GROUP BY clause and contains nonaggregated column '%' which is not functionally dependent on columns in GROUP BY clause; this is incompatible with sql_mode=only_full_group_by
Expression #{number} of ORDER BY clause is not in SELECT list, references column '%' which is not in SELECT list; this is incompatible with DISTINCT
Expression #{number} of ORDER BY contains aggregate function and applies to the result of a non-aggregated query
Function '%' is not defined
{object} {name} does not exist
FUNCTION {name} does not exist. Check the 'Function Name Parsing and Resolution' section in the Reference Manual
Identifier name '%' is too long
Illegal mix of collations (%,%) and (%,%) for operation '%'
Illegal mix of collations (%,%), (%,%), (%,%) for operation '%'
Illegal mix of collations for operation '%'
Illegal parameter data types % and % for operation '%'
Illegal parameter data type % for operation '%'
In aggregated query without GROUP BY, expression #{number} of % contains nonaggregated column '%'; this is incompatible with sql_mode=only_full_group_by
Incorrect arguments to {name}
Incorrect column name '%'
Incorrect database name '%'
Incorrect number of arguments for {object} {name}; expected {number}, got {number}
Incorrect parameter count in the call to native function '%'
Incorrect parameters in the call to native function '%'
Incorrect table name '%'
Incorrect usage of % and %
Incorrect usage/placement of '%'
Invalid use of group function
Key '%' doesn't exist in table '%'
Misplaced INTO clause, %
Mixing of GROUP columns (MIN(),MAX(),COUNT(),...) with no GROUP columns is illegal if there is no GROUP BY clause
No database selected
Non-grouping field '%' is used in % clause
Not allowed to return a result set from a %
Not unique table/alias: '%'
Operand should contain {number} column(s)
Reference '%' not supported (%)
Statement has sum functions and columns in same statement
Table '%' doesn't exist
The used SELECT statements have a different number of columns
The user specified as a definer ('%'@'%') does not exist
This command is not supported in the prepared statement protocol yet
This version of {name} doesn't yet support '%'
Too-big precision {number} specified for '%'. Maximum is {number}.
Too big precision % specified for column '%'. Maximum is {number}.
Too big precision specified for '%'. Maximum is {number}
Too big scale % specified for column '%'. Maximum is {number}.
Too big scale specified for '%'. Maximum is {number}
Too many tables; {name} can only use {number} tables in a join
Undeclared variable: {name}
Unknown character set: '%'
Unknown collation: '%'
Unknown column '%' in '%'
Unknown database '%'
Unknown system variable '%'
Unknown table '%'
Unknown table '%' in %
View '%' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them
Window function is allowed only in SELECT list and ORDER BY clause
Window function is not allowed in window specification
Window name '%' is not defined.
Window specification with name '%' is not defined
Window '%': %
You cannot use the window function '%' in this context.'
'%' command denied to user '%'@'%' for table %
% command denied to user '%'@'%' for table %
% command denied to user '%'@'%' for column '%' in table '%'
% command denied to user '%'@'%' for routine '%'
'%' isn't in GROUP BY
'%' is not {name}
'%' is not of type '%'
`
