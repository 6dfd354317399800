/* What the history needs of SQLite: a connection used by one thread at a time, prepared statements, and outcomes told
   apart by their cure. */
#pragma once

#include <stdint.h>

typedef struct sqlite3 cq_database;
typedef struct sqlite3_stmt cq_statement;

typedef enum cq_outcome {
  CQ_DONE = 0,
  /* cq_step: there is a row. */
  CQ_ROW = 1,
  /* No room: the disk's, or the page limit of the file. */
  CQ_FULL = 2,
  /* Not a database, or not a sound one. */
  CQ_DAMAGED = 3,
  /* Another process holds the file; cq_open has waited a second for it. */
  CQ_BUSY = 4,
  /* Everything else; cq_message says what. */
  CQ_FAILED = 5,
} cq_outcome;

/* Opens or creates the file. *database is set even when that fails, unless memory is short: it has the message, and
   wants closing. */
cq_outcome cq_open(const char *path, cq_database **database);
/* Every statement must have been finalized. NULL is allowed. */
void cq_close(cq_database *database);
/* Why the last call failed, for a person; valid until the next call. */
const char *cq_message(cq_database *database);

/* One or more statements without parameters; rows are not looked at. */
cq_outcome cq_execute(cq_database *database, const char *sql);
cq_outcome cq_prepare(cq_database *database, const char *sql, cq_statement **statement);
void cq_finalize(cq_statement *statement);

/* Parameters count from 1; NULL text is SQL's NULL. The text is copied. */
void cq_bind_text(cq_statement *statement, int index, const char *text);
void cq_bind_int(cq_statement *statement, int index, int64_t value);
void cq_bind_double(cq_statement *statement, int index, double value);
void cq_bind_null(cq_statement *statement, int index);
/* CQ_ROW, CQ_DONE, or why not. */
cq_outcome cq_step(cq_statement *statement);
/* Ready for the next cq_step, with no parameter bound. */
void cq_reset(cq_statement *statement);

/* Columns count from 0. */
int64_t cq_column_int(cq_statement *statement, int index);
double cq_column_double(cq_statement *statement, int index);
/* NULL where the column is; valid until the next step or reset. */
const char *cq_column_text(cq_statement *statement, int index);
int cq_column_is_null(cq_statement *statement, int index);
