#include "CModbus.h"
