"""The verb `solve`, and the lanes beneath a sweep."""

from gradflow.dynamics._devices import use_all_cores as use_all_cores
from gradflow.dynamics._solve import solve as solve
from gradflow.dynamics._time_grid import time_grid as time_grid
