"""Quality of embeddings: analogies, word similarities, and the linear structure of relations."""

from gradflow.evaluation._agreement import downstream_agreement as downstream_agreement
from gradflow.evaluation._analogies import AnalogySet as AnalogySet
from gradflow.evaluation._analogies import load_analogies as load_analogies
from gradflow.evaluation._analogy_accuracy import analogy_accuracy as analogy_accuracy
from gradflow.evaluation._analogy_scores import AnalogyScores as AnalogyScores
from gradflow.evaluation._bootstrap import paired_bootstrap as paired_bootstrap
from gradflow.evaluation._downstream import downstream_curves as downstream_curves
from gradflow.evaluation._marchenko_pastur import MarchenkoPastur as MarchenkoPastur
from gradflow.evaluation._marchenko_pastur_fit import fit_marchenko_pastur as fit_marchenko_pastur
from gradflow.evaluation._relation_curves import relation_curves as relation_curves
from gradflow.evaluation._relations import RelationSet as RelationSet
from gradflow.evaluation._score import score_analogies as score_analogies
from gradflow.evaluation._score import score_similarities as score_similarities
from gradflow.evaluation._similarities import SimilarityScores as SimilarityScores
from gradflow.evaluation._similarities import SimilaritySet as SimilaritySet
from gradflow.evaluation._similarities import load_similarities as load_similarities
from gradflow.evaluation._similarities import similarity_correlation as similarity_correlation
from gradflow.evaluation._task_vectors import TaskVectors as TaskVectors
from gradflow.evaluation._task_vectors import task_vectors as task_vectors
