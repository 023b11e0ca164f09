/*
 * The upper limit: writes a query's rows to a CSV file (RFC 4180) with MariaDB's own library, as fast as a page of C can.
 * client <host> <port> <user> <database> <query> <file> [<authority.pem>], with the password in MYSQL_PWD.
 * Prints {"rows":…,"bytes":…}.
 */
#include <fcntl.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM (1 << 20)

static int file;
static char *buffer;
static size_t room = ROOM, used;
static unsigned long long bytes;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "client: %s: %s\n", what, why);
  exit(1);
}

static void flush(void) {
  for (size_t at = 0; at < used;) {
    ssize_t written = write(file, buffer + at, used - at);
    if (written < 0) fail("write", "the file cannot be written");
    at += written;
  }
  bytes += used;
  used = 0;
}

/* Makes room for the longest quoted field: each byte twice, two quotes and the separators. */
static void reserve(size_t length) {
  size_t needed = 2 * length + 4;
  if (room - used >= needed) return;
  flush();
  if (needed > room && !(buffer = realloc(buffer, room = needed))) fail("memory", "there is not enough");
}

static void field(const char *text, size_t length) {
  static unsigned char special[256];
  special['"'] = special[','] = special['\r'] = special['\n'] = 1;
  reserve(length);
  size_t plain = 0;
  while (plain < length && !special[(unsigned char)text[plain]]) plain++;
  if (plain == length) {
    memcpy(buffer + used, text, length);
    used += length;
    return;
  }
  buffer[used++] = '"';
  for (size_t at = 0; at < length; at++) {
    if (text[at] == '"') buffer[used++] = '"';
    buffer[used++] = text[at];
  }
  buffer[used++] = '"';
}

int main(int count, char **given) {
  if (count < 7) fail("arguments", "host port user database query file [authority.pem]");
  if ((file = open(given[6], O_WRONLY | O_CREAT | O_TRUNC, 0600)) < 0) fail(given[6], "cannot be created");
  if (!(buffer = malloc(room))) fail("memory", "there is not enough");
  MYSQL *server = mysql_init(NULL);
  my_bool verify = count > 7;
  mysql_options(server, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  unsigned int tcp = MYSQL_PROTOCOL_TCP;
  mysql_options(server, MYSQL_OPT_PROTOCOL, &tcp);
  if (verify) {
    mysql_options(server, MYSQL_OPT_SSL_CA, given[7]);
    mysql_options(server, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  }
  if (!mysql_real_connect(server, given[1], given[3], getenv("MYSQL_PWD"), given[4], atoi(given[2]), NULL, 0))
    fail("connect", mysql_error(server));
  if (mysql_query(server, given[5])) fail("query", mysql_error(server));
  MYSQL_RES *result = mysql_use_result(server);
  if (!result) fail("query", mysql_error(server));
  unsigned int columns = mysql_num_fields(result);
  MYSQL_FIELD *fields = mysql_fetch_fields(result);
  for (unsigned int i = 0; i < columns; i++) {
    field(fields[i].name, fields[i].name_length);
    buffer[used++] = i + 1 < columns ? ',' : '\n';
  }
  unsigned long long rows = 0;
  for (MYSQL_ROW row; (row = mysql_fetch_row(result)); rows++) {
    unsigned long *lengths = mysql_fetch_lengths(result);
    for (unsigned int i = 0; i < columns; i++) {
      field(row[i] ? row[i] : "", row[i] ? lengths[i] : 0);
      buffer[used++] = i + 1 < columns ? ',' : '\n';
    }
  }
  if (mysql_errno(server)) fail("rows", mysql_error(server));
  flush();
  if (close(file)) fail(given[6], "cannot be closed");
  printf("{\"rows\":%llu,\"bytes\":%llu}\n", rows, bytes);
  return 0;
}
