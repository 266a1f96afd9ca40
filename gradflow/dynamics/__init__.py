"""The flow of embeddings: problems, the methods that follow them, and sweeps over many starts."""

from gradflow.dynamics._adaptive import Adaptive as Adaptive
from gradflow.dynamics._descent import Descent as Descent
from gradflow.dynamics._devices import usable_cores as usable_cores
from gradflow.dynamics._devices import use_all_cores as use_all_cores
from gradflow.dynamics._exact import Exact as Exact
from gradflow.dynamics._lanes import map_lanes as map_lanes
from gradflow.dynamics._logistic import LOG_81 as LOG_81
from gradflow.dynamics._logistic import half_height_time as half_height_time
from gradflow.dynamics._logistic import logistic_log_squared as logistic_log_squared
from gradflow.dynamics._method import AbstractMethod as AbstractMethod
from gradflow.dynamics._modes import Modes as Modes
from gradflow.dynamics._problem import AbstractProblem as AbstractProblem
from gradflow.dynamics._problem import Contrastive as Contrastive
from gradflow.dynamics._problem import Quadratic as Quadratic
from gradflow.dynamics._sampled_flow import SampledFlow as SampledFlow
from gradflow.dynamics._solution import AbstractFlow as AbstractFlow
from gradflow.dynamics._solution import Solution as Solution
from gradflow.dynamics._solution import Status as Status
from gradflow.dynamics._solve import solve as solve
from gradflow.dynamics._start import RULES as RULES
from gradflow.dynamics._start import Rule as Rule
from gradflow.dynamics._start import log_squared_starts as log_squared_starts
from gradflow.dynamics._sweep import sweep as sweep
from gradflow.dynamics._time_grid import time_grid as time_grid
