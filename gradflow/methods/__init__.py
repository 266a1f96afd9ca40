"""How a flow is followed: closed forms, integrators, descent; and what each gives back."""

from gradflow.methods._adaptive import Adaptive as Adaptive
from gradflow.methods._auto import Auto as Auto
from gradflow.methods._descent import Descent as Descent
from gradflow.methods._method import AbstractMethod as AbstractMethod
from gradflow.methods._modes import Modes as Modes
from gradflow.methods._reduced import Reduced as Reduced
from gradflow.methods._snapshots import Overlaps as Overlaps
from gradflow.methods._snapshots import PrincipalAxes as PrincipalAxes
from gradflow.methods._snapshots import Snapshots as Snapshots
from gradflow.methods._snapshots import State as State
from gradflow.methods._snapshots import imbalance as imbalance
from gradflow.methods._solution import Solution as Solution
from gradflow.methods._solution import Status as Status
from gradflow.methods.exact._exact import Exact as Exact
from gradflow.methods.stabilised._stabilised import Stabilised as Stabilised
