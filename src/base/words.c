#include "base/words.h"

#include <string.h>

static int smallest(int a, int b, int c)
{
    int least = a < b ? a : b;

    return least < c ? least : c;
}

/* Damerau-Levenshtein with adjacent swaps ("optimal string alignment"). */
int words_distance(const char *one, const char *other)
{
    int rows = (int)strlen(one), columns = (int)strlen(other);
    int distance[WORD_MAX + 1][WORD_MAX + 1];

    if (rows > WORD_MAX || columns > WORD_MAX)
        return WORD_MAX;
    for (int i = 0; i <= rows; i++)
        distance[i][0] = i;
    for (int j = 0; j <= columns; j++)
        distance[0][j] = j;
    for (int i = 1; i <= rows; i++)
        for (int j = 1; j <= columns; j++) {
            int change = one[i - 1] != other[j - 1];

            distance[i][j] = smallest(distance[i - 1][j] + 1, distance[i][j - 1] + 1,
                                      distance[i - 1][j - 1] + change);
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] &&
                distance[i - 2][j - 2] + 1 < distance[i][j])
                distance[i][j] = distance[i - 2][j - 2] + 1;
        }
    return distance[rows][columns];
}

int words_near(const char *word, int distance)
{
    return distance <= (int)strlen(word) / 3 + 1;
}
