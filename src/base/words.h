/* Finding the word that somebody meant. */
#ifndef LASTCALL_WORDS_H
#define LASTCALL_WORDS_H

enum { WORD_MAX = 40 }; /* longer words are not compared */

/* Typing slips between two words: insertions, deletions, changes and swapped neighbours.
 * WORD_MAX when one of them is too long. */
int words_distance(const char *one, const char *other);

/* Is `other` near enough to `word` to be suggested, at this distance? */
int words_near(const char *word, int distance);

#endif
