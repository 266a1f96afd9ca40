"""How far the theory applies to counts and a setting."""

from gradflow.validity._thinning import thinned_statistics as thinned_statistics
from gradflow.validity._validity_report import ValidityReport as ValidityReport
from gradflow.validity._validity_report import validity_report as validity_report
