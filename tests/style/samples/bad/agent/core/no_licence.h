// refused: no licence line
#include <vector>
