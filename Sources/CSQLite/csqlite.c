#include "CSQLite.h"

#include <sqlite3.h>
#include <stddef.h>

/* A reader such as the sqlite3 program may hold the file for a moment. */
enum { BUSY_TIMEOUT_MS = 1000 };

static cq_outcome outcome(int code) {
  switch (code & 0xff) {
  case SQLITE_OK:
  case SQLITE_DONE: return CQ_DONE;
  case SQLITE_ROW: return CQ_ROW;
  case SQLITE_FULL: return CQ_FULL;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB: return CQ_DAMAGED;
  case SQLITE_BUSY:
  case SQLITE_LOCKED: return CQ_BUSY;
  default: return CQ_FAILED;
  }
}

cq_outcome cq_open(const char *path, cq_database **database) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int code = sqlite3_open_v2(path, database, flags, NULL);
  if (code == SQLITE_OK) sqlite3_busy_timeout(*database, BUSY_TIMEOUT_MS);
  return outcome(code);
}

/* sqlite3_close refuses while a statement is left; the _v2 form would leave the file open unseen. */
void cq_close(cq_database *database) { (void)sqlite3_close(database); }

const char *cq_message(cq_database *database) { return sqlite3_errmsg(database); }

cq_outcome cq_execute(cq_database *database, const char *sql) {
  return outcome(sqlite3_exec(database, sql, NULL, NULL, NULL));
}

cq_outcome cq_prepare(cq_database *database, const char *sql, cq_statement **statement) {
  return outcome(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL));
}

void cq_finalize(cq_statement *statement) { (void)sqlite3_finalize(statement); }

/* Binding fails only for a wrong index, which every test of the statement would meet, or for want of memory: then the
   parameter is NULL, and a column that must not be makes the step fail. */
void cq_bind_text(cq_statement *statement, int index, const char *text) {
  (void)sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

void cq_bind_int(cq_statement *statement, int index, int64_t value) {
  (void)sqlite3_bind_int64(statement, index, value);
}

void cq_bind_double(cq_statement *statement, int index, double value) {
  (void)sqlite3_bind_double(statement, index, value);
}

void cq_bind_null(cq_statement *statement, int index) { (void)sqlite3_bind_null(statement, index); }

cq_outcome cq_step(cq_statement *statement) { return outcome(sqlite3_step(statement)); }

void cq_reset(cq_statement *statement) {
  /* sqlite3_reset repeats the failure of the step before, which has been told. */
  (void)sqlite3_reset(statement);
  (void)sqlite3_clear_bindings(statement);
}

int64_t cq_column_int(cq_statement *statement, int index) { return sqlite3_column_int64(statement, index); }

double cq_column_double(cq_statement *statement, int index) { return sqlite3_column_double(statement, index); }

const char *cq_column_text(cq_statement *statement, int index) {
  return (const char *)sqlite3_column_text(statement, index);
}

int cq_column_is_null(cq_statement *statement, int index) {
  return sqlite3_column_type(statement, index) == SQLITE_NULL;
}
