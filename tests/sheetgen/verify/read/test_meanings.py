"""What labels say: their styles, their languages, what is ambiguous, and what is no label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgen.network import names
from sheetgen.verify.read.label_text import in_english, plain_text
from sheetgen.verify.read.label_words import SPACED, UNSPACED
from sheetgen.verify.read.meanings import Meaning, meaning_of

# By what they say: role, name, and then `old`, `new`, `total`, `%`, the kind, `±` where the sign is open.
STYLES = {
    "input i1": ("i1", "x1", "x_1", "Input 1", "x₁", "i_{1}", "inp1", "i1 (input)", "Inputs i1", "feature 1", "i[1]"),
    "input i": ("x", "X", "Inputs"),
    "target t1": (
        *("t1", "target 1", "target_o1", "target o1", "actual1", "desired 1", "y1", "expected 1", "y1 (target)"),
        *("true 1", "desired output 1", "Target t1", "t_{1}", "target of output 1"),
    ),
    "weight w1": (
        *("w1", "W1", "w_1", "w₁", "w_{1}", "$w_1$", "w[1]", "Weight 1", "w1 [–]", "w1 [-]", "w\u200b1", "w\u00ad1"),
        *("w1_x000D_\n", "w\n1", "\u00a0w1 ", "Weights w1", "w1:", "w1 =", "w1 (i1 → h1)", "\\mathrm{w}_{1}", "𝑤₁"),
    ),
    "weight w1 old": ("old w1", "w1 old", "w1_old", "w1 (old)", "previous w1", "w1 (t)", "initial w1", "current w1"),
    "weight w1 new": (
        *("new w1", "w1+", "w1_new", "w1 (next)", "w1⁺", "w1'", "w1(t+1)", "w1 new", "w_1^{new}", "updated w1"),
        *("w_1^{(t+1)}", "New Weights w1", "w1⁺ (new)"),
    ),
    "weight w11": ("w11", "w_11", "w₁₁"),
    "weight w0": ("w0", "w_0"),
    "weight w[i1,h1]": (
        "w_i1h1",
        "i1->h1",
        "i1→h1",
        "w i1 h1",
        "w_{i1,h1}",
        "w(i1,h1)",
        "wx1h1",
        "w_i1_h1",
        "i1 to h1",
    ),
    "weight w[h2,o1]": ("w_h2o1", "h2->o1", "w h2 → o1", "weight h2 o1"),
    "weight w[h2,o1] old": ("first weight h2 → o1",),
    "weight w1[1,2]": ("w1_12", "w1_1_2", "w_{12}^{(1)}", "w^{(1)}_{12}", "w⁽¹⁾₁₂", "W1[1,2]", "w1_{12}", "w1(1,2)"),
    "weight w[1,2]": ("w_1_2", "w[1,2]", "w_{1,2}", "w(1,2)"),
    "bias b1": ("b1", "b_1", "bias 1", "b₁"),
    "bias b_h1": ("b_h1", "bias h1", "bias_h1", "bh1", "h1 bias", "b_{h1}", "bias hidden 1", "b(h1)", "w_bh1"),
    "bias b": ("b", "bias"),
    "pre_activation h1": (
        *("h1", "net h1", "net_h1", "h1 in", "h1 net", "z_h1", "in_h1", "sum h1", "h1 (net)", "hidden1", "Σh1"),
        *("weighted sum h1", "net input h1", "hidden 1", "h₁", "hidden neuron 1", "neuron h1", "z_{h_1}", "h1_in"),
    ),
    "pre_activation h2_3": ("h2_3", "h_3^{(2)}", "h^{(2)}_3", "h₂_3"),
    "pre_activation z1": ("z1", "net1", "z_1", "sum 1", "net 1"),
    "pre_activation z2_1": ("z_1^{(2)}", "z2_1", "z^{(2)}_1"),
    "pre_activation o1": ("o1", "net o1", "o1 in", "z_o1", "net_{o1}"),
    "pre_activation g2": ("g2", "net g2"),
    "activation a_h1": (
        *("a_h1", "out h1", "h1 out", "out_h1", "hidden1 act", "act h1", "h1 act", "σ(h1)", "sigmoid(h1)", "a_{h1}"),
        *("relu(h1)", "f(h1)", "output h1", "h1 (out)", "ah1", "a_h₁", "h1_out", "activation of h1", "σ(net_h1)"),
        *("hidden output 1",),
    ),
    "activation a_o1": ("a_o1", "ŷ1", "ŷ_1", "ŷ₁", "\\hat{y}_1", "yhat1", "y_hat1", "pred1", "prediction 1", "out_o1"),
    "activation a_o": ("ŷ", "yhat", "prediction", "y_pred", "\\hat{y}"),
    "activation a_z1": ("a1", "a_1", "A1"),
    "activation a_g1": ("a_g1",),
    "loss E_total": (
        *(
            "E",
            "E_total",
            "Etot",
            "E-total",
            "Error",
            "Loss",
            "Cost J",
            "Total error E",
            "J",
            "L",
            "E_T",
            "Eₜₒₜₐₗ",
            "E_{total}",
        ),
        *("E = total error", "E (total error)", "E total", "Total loss", "cost"),
    ),
    "loss E_total mse": ("MSE", "mean squared error"),
    "loss E_total sse": ("SSE", "sum of squared errors"),
    "loss E_total rmse": ("RMSE",),
    "loss E_total bce": ("BCE", "binary cross-entropy", "log loss"),
    "loss E_total ce": ("cross entropy", "cross-entropy", "CE"),
    "loss E_total %": ("E (%)", "E_total (%)", "error %", "E [%]"),
    "loss E_total total": ("epoch loss", "E_total (epoch)", "ΣE", "sum E", "∑E"),
    "loss E_total total mean": ("mean E", "average error", "E_mean", "E avg"),
    "part_loss E1": ("E1", "E_o1", "E o1", "error 1", "error o1", "E₁", "e_1", "loss 1"),
    "gradient ∂E/∂w1": (
        *("∂E/∂w1", "dE/dw1", "dL/dw1", "grad w1", "w1 gradient", "gradient(w1)", "w1_grad", "∇w1", "dE_dw1", "g_w1"),
        *("gradient of w1", "derivative of E_total with respect to w1", "∂E_total/∂w_1", "dJ/dW1", "δE/δw1", "dw1"),
        *("\\frac{\\partial E}{\\partial w_1}", "\\frac{\\partial E_{total}}{\\partial w_{1}}", "∂E/∂w₁", "∂E/\n∂w1"),
        *("$\\dfrac{\\partial L}{\\partial w_{1}}$", "Gradients w1", "∂E/∂w 1", "dE/dw1 (numerical)", "dMSE/dw1"),
    ),
    "gradient ∂E/∂w12": ("derivative of E_total with respect to w12",),
    "gradient ∂E/∂w[i1,h1]": ("dE/dw_i1h1", "∂E/∂w_{i1,h1}"),
    "gradient ∂E/∂w1[1,2]": ("dE/dw1_12",),
    "gradient ∂E/∂w": ("∂E/∂w", "dE/dw", "dE/dW", "grad w"),
    "gradient ∂E/∂b_h1": ("∂E/∂b_h1", "∂E/∂bias_h1", "grad b_h1", "db_h1"),
    "gradient ∂E/∂b": ("grad b", "dE/db"),
    "gradient ∂E/∂a_o1": ("dE/da_o1", "∂E_total/∂out_o1", "∂E/∂ŷ1", "∂E/∂y1"),
    "gradient ∂E/∂o1": ("dE/dnet_o1", "∂E/∂z_o1", "∂E/∂o1"),
    "gradient ∂E/∂z1": ("dL/dz1", "∂E/∂net1", "dz1"),
    "gradient ∂E1/∂a_h1": ("∂E1/∂a_h1", "∂E_o1/∂out_h1"),
    "gradient ∂E/∂w1 total": ("Σ∂E/∂w1", "sum ∂E/∂w1", "∑dE/dw1", "sum dw1", "∂E/∂w1 (sum)", "total grad w1"),
    "gradient ∂E/∂w1 total mean": ("avg grad w1", "mean dw1", "average ∂E/∂w1", "batch gradient w1"),
    "gradient ∂E/∂o1 ±": (
        "δo1",
        "δ_{o1}",
        "\\delta_{o1}",
        "delta_o1",
        "delta o1",
        "δ o1",
        "o1 delta",
        "error signal o1",
    ),
    "gradient ∂E/∂h1 ±": ("delta_h1", "δh1", "δ_h1"),
    "gradient ∂E/∂h1 error ±": ("error h1", "err_h1", "e_h1", "error hidden 1"),
    "gradient ∂E/∂z1 ±": ("delta1", "δ1", "\\delta_1"),
    "gradient ∂E/∂h2_1 ±": ("\\delta_1^{(2)}", "δ2_1"),
    "local_derivative ∂a_h1/∂h1": ("∂a_h1/∂h1", "∂out_h1/∂net_h1", "σ'(h1)", "f'(net_h1)", "σ′(h1)", "deriv h1"),
    "local_derivative ∂h1/∂w1": ("∂h1/∂w1", "∂net_h1/∂w1"),
    "step w1 ±": (
        "Δw1",
        "∆w1",
        "step w1",
        "delta w1",
        "w1 step",
        "update w1",
        "change in w1",
        "η·∂E/∂w1",
        "lr * dE/dw1",
    ),
    "step b_h1 ±": ("Δb_h1", "step b_h1"),
    "state w1 m": ("m_w1", "m w1", "first moment w1"),
    "state w1 v": ("v_w1", "v w1", "second moment w1"),
    "state w1 velocity ±": ("velocity w1", "vel_w1", "w1 velocity"),
    "state w1 momentum ±": ("momentum w1", "momentum_w1"),
    "rate momentum": ("momentum",),
    "rate eta": (
        *("η", "lr", "L.R.", "learning rate", "Learning Rate (η)", "η (eta)", "α =", "alpha", "step size", "\\eta"),
        *("Learning rate, e.g. 0.5", "learning rate = 0.5", "learning_rate", "eta:"),
    ),
    "rate eta_h": ("lr hidden", "η_h", "learning rate hidden"),
    "rate eta_o": ("lr output", "lr_o"),
    "iteration iteration": ("iteration", "Iter", "#", "no.", "step", "iteration no."),
    "iteration epoch": ("epoch", "Epochs"),
    "iteration sample": ("sample", "pattern"),
    "other_measure accuracy": ("accuracy", "acc"),
    "other_measure accuracy %": ("accuracy %", "accuracy (%)"),
    "other_measure difference ±": ("difference", "residual"),
    "other_measure t1-a_o1 ±": ("t1 - a_o1", "a_o1 - t1", "y1 − ŷ1"),
    "other_measure exp(o1)": ("exp o1", "exp(o1)"),
    "other_measure sum(exp)": ("sum exp", "Σexp"),
    "other_measure sum total": ("Sum", "Σ"),
    "other_measure average total": ("Average", "mean"),
}

LANGUAGES = {
    "input i1": (
        *("Eingabe 1", "Eingang 1", "entrada 1", "entrée 1", "Entree 1", "вход 1", "输入1", "輸入1", "इनपुट 1"),
        *("ingresso 1", "invoer 1", "giriş 1", "girdi 1", "इनपुट १"),
    ),
    "target t1": (
        *("Zielwert 1", "Ziel 1", "Sollwert 1", "objetivo 1", "salida deseada 1", "cible 1", "sortie désirée 1"),
        *("alvo 1", "saída desejada 1", "цель 1", "целевое значение 1", "目标1", "期望输出1", "लक्ष्य 1", "hedef 1"),
        *("obiettivo 1", "doel 1"),
    ),
    "weight w1": (
        "Gewicht 1",
        "peso 1",
        "poids 1",
        "вес 1",
        "权重1",
        "权值1",
        "भार 1",
        "वजन 1",
        "वज़न 1",
        "ağırlık 1",
        "Gewichte w1",
    ),
    "weight w1 new": (
        *("neues w1", "neues Gewicht 1", "Gewicht neu 1", "peso nuevo 1", "nuevo w1", "nouveau poids 1", "novo peso 1"),
        *(
            "новый вес 1",
            "新权重1",
            "新 w1",
            "नया भार 1",
            "nuovo peso 1",
            "nieuw gewicht 1",
            "yeni ağırlık 1",
            "w1 neu",
        ),
    ),
    "weight w1 old": (
        "altes Gewicht 1",
        "peso anterior 1",
        "ancien w1",
        "peso antigo 1",
        "старый вес 1",
        "旧权重1",
        "पुराना भार 1",
    ),
    "bias b1": ("Schwellwert 1", "sesgo 1", "biais 1", "viés 1", "смещение 1", "偏置1", "बायस 1", "önyargı 1"),
    "pre_activation h1": (
        *("versteckt 1", "verborgenes Neuron 1", "oculta 1", "caché 1", "escondida 1", "скрытый 1", "скрытый нейрон 1"),
        *(
            "隐藏1",
            "隐层1",
            "छिपी 1",
            "hidden 1",
            "Netzeingabe h1",
            "entrada neta h1",
            "взвешенная сумма h1",
            "净输入h1",
        ),
    ),
    "activation a_h1": (
        "Ausgabe h1",
        "salida h1",
        "sortie h1",
        "saída oculta 1",
        "выход h1",
        "输出h1",
        "激活h1",
        "आउटपुट h1",
    ),
    "activation a_o1": (
        "Ausgabe 1",
        "salida 1",
        "sortie 1",
        "saída 1",
        "выход 1",
        "输出1",
        "आउटपुट 1",
        "uscita 1",
        "Vorhersage 1",
        "预测1",
    ),
    "loss E_total": (
        *("Fehler", "Gesamtfehler", "Verlust", "error", "Error total", "error total E", "erreur", "erreur totale"),
        *("erro total", "perda", "ошибка", "общая ошибка", "суммарная ошибка", "误差", "总误差", "损失", "त्रुटि"),
        *("कुल त्रुटि", "errore totale", "totale fout", "toplam hata", "hata", "Kosten", "coût"),
    ),
    "loss E_total mse": (
        "均方误差",
        "error cuadrático medio",
        "erreur quadratique moyenne",
        "среднеквадратичная ошибка",
    ),
    "part_loss E1": (
        "Fehler 1",
        "error 1",
        "erreur 1",
        "erro 1",
        "ошибка 1",
        "误差1",
        "त्रुटि 1",
        "errore 1",
        "Fehler o1",
    ),
    "rate eta": (
        *("Lernrate", "Lernrate η", "tasa de aprendizaje", "taux d'apprentissage", "taux d’apprentissage"),
        *("taxa de aprendizagem", "taxa de aprendizado", "скорость обучения", "学习率", "學習率", "सीखने की दर"),
        *("tasso di apprendimento", "leersnelheid", "öğrenme oranı", "Tasa de aprendizaje (η)", "学习率 η ="),
    ),
    "gradient ∂E/∂w1": (
        "Gradient w1",
        "gradiente w1",
        "gradient de w1",
        "градиент w1",
        "梯度w1",
        "w1的梯度",
        "ग्रेडिएंट w1",
        "Ableitung w1",
    ),
    "iteration iteration": (
        "Iteration",
        "Iterationen",
        "iteración",
        "itération",
        "iteração",
        "итерация",
        "迭代次数",
        "पुनरावृत्ति",
        "Schritt",
    ),
    "iteration epoch": ("Epoche", "época", "époque", "эпоха", "轮次"),
    "iteration sample": ("Muster", "muestra", "échantillon", "образец", "样本"),
    "other_measure accuracy": ("Genauigkeit", "точность", "准确率", "acurácia"),
    "other_measure difference ±": ("Differenz", "diferencia", "разность", "差值"),
}

AMBIGUOUS = {
    "h1": ("pre_activation h1", "activation a_h1"),
    "output1": ("activation a_o1", "pre_activation o1"),
    "y1": ("target t1", "activation a_o1"),
    "y": ("target t", "activation a_o"),
    "z1": ("pre_activation z1", "pre_activation h1", "pre_activation o1"),
    "a1": ("activation a_z1", "activation a_h1", "activation a_o1"),
    "w12": ("weight w12", "weight w[1,2]"),
    "w0": ("weight w0", "bias b"),
    "error o1": ("part_loss E1", "gradient ∂E/∂o1 ±", "other_measure t1-a_o1 ±"),
    "error": ("loss E_total", "other_measure t-a_o ±"),
    "delta1": ("gradient ∂E/∂z1 ±", "gradient ∂E/∂o1 ±", "gradient ∂E/∂h1 ±"),
    "d1": ("gradient ∂E/∂z1 ±", "gradient ∂E/∂o1 ±", "gradient ∂E/∂h1 ±", "target t1"),
    "error h1": ("gradient ∂E/∂h1 error ±", "gradient ∂E/∂a_h1 error ±"),
    "delta w1": ("step w1 ±", "gradient ∂E/∂w1 ±"),
    "dw1": ("gradient ∂E/∂w1", "step w1 ±"),
    "g1": ("pre_activation g1", "activation a_g1", "gradient ∂E/∂w1"),
    "v1": ("weight v1", "state w1 v"),
    "∂E/∂h1": ("gradient ∂E/∂h1", "gradient ∂E/∂a_h1"),
    "∂h1/∂w1": ("local_derivative ∂h1/∂w1", "local_derivative ∂a_h1/∂w1"),
    "h1 derivative": ("local_derivative ∂a_h1/∂h1", "gradient ∂E/∂h1"),
    "new h1": ("pre_activation h1 new", "activation a_h1 new"),
    "t": ("target t", "iteration iteration"),
    "step": ("iteration iteration", "step w ±"),
    "E_total (python)": ("loss E_total", "other_measure E_total"),
    "w1 (i1 → h1)": ("weight w1", "weight w[i1,h1]"),
    "total": ("other_measure total total", "loss E_total total"),
    "L": ("loss E_total", "other_measure unnamed"),
}

OTHERS = (
    *(
        "",
        " ",
        "-",
        "=",
        "0.5",
        "w1 + w2",
        "hello",
        "Sheet1",
        "Backpropagation",
        "w1*i1",
        "1 - a_h1",
        "w0001",
        "w123456",
    ),
    *("E1 + E2", "=A1", "learning", "Training table of h1 and E_total", "here w1 is the first weight", "see w1"),
    *(
        "a_h1 = σ(h1)",
        "h1 = w1*i1+w2*i2",
        "change w1 here",
        "so",
        "ah",
        "el",
        "le",
        "do",
        "the",
        "of",
        "to",
        "w1 - η·∂E/∂w1",
    ),
    *("What training makes of them", "LR 0.5", "E_total after 6", "iterations to halve it", "first rises at iteration"),
    *(
        "Iteration 3",
        "forward pass",
        "Hinweis: w1 ist das erste Gewicht",
        "el peso w1 es el primero",
        "我们更新w1然后w2",
    ),
    *(
        "x" * 41,
        "w" + "1" * 5000,
        "etaetaetaetaetaetaetaetaetaetaetaeta!",
        "\0",
        "\ud800",
        "\u202e",
        "a_h1 * (1 - a_h1)",
    ),
    *(
        "∂",
        "∂/∂",
        "δ/δ",
        "dE/",
        "/dw1",
        "()",
        "[]",
        "{}",
        "\\frac{}{}",
        "\\",
        "$$",
        "%",
        "+",
        "'",
        "Δ/Δ",
        "hidden rows 4 to 8",
    ),
)


def told(meaning: Meaning) -> str:
    """Write a meaning as in the tables above."""
    marks = (meaning.when, "total" * meaning.total, "%" * meaning.percent, meaning.kind, "±" * meaning.sign_open)
    return " ".join([meaning.role, meaning.name, *filter(None, marks)])


def each_of(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Pair each label with what it says."""
    return [(label, says) for says, labels in table.items() for label in labels]


@pytest.mark.parametrize(("label", "says"), each_of(STYLES))
def test_each_style_is_understood(label: str, says: str) -> None:
    meaning = meaning_of(label)
    assert meaning is not None
    assert told(meaning) == says


@pytest.mark.parametrize(("label", "says"), each_of(LANGUAGES))
def test_each_language_is_understood(label: str, says: str) -> None:
    meaning = meaning_of(label)
    assert meaning is not None
    assert told(meaning) == says


@pytest.mark.parametrize(("label", "says"), AMBIGUOUS.items())
def test_an_ambiguous_label_has_alternatives(label: str, says: tuple[str, ...]) -> None:
    meaning = meaning_of(label)
    assert meaning is not None
    assert (told(meaning), *map(told, meaning.alternatives)) == says


@pytest.mark.parametrize("label", OTHERS)
def test_prose_formulas_and_unknown_words_are_no_labels(label: str) -> None:
    assert meaning_of(label) is None


@pytest.mark.parametrize("layers", [(2, 2, 2), (3, 1), (2, 3, 4, 2)])
def test_the_names_of_this_package_mean_themselves(layers: tuple[int, ...]) -> None:
    every = [each.name for each in names.weights(layers)]
    every += [names.bias(layers, *place) for place in names.biases(layers)]
    every += [names.output_of(layers, *place) for place in names.biases(layers)]
    for name in [*every, *map(names.gradient, every)]:
        meaning = meaning_of(name)
        assert meaning is not None
        assert meaning.name == name


@pytest.mark.parametrize("word", sorted({word for table in (*SPACED, *UNSPACED) for word in table}))
def test_each_form_of_a_word_is_found(word: str) -> None:
    for table in SPACED[::-1]:
        for form in table.get(word, "").split(", ") if word in table else ():
            assert in_english(plain_text(form)).strip(), form
    for form in (form for table in UNSPACED if word in table for form in table[word].split(", ")):
        assert in_english(plain_text(form)).strip() == word


@given(st.text())
def test_any_text_has_an_answer(label: str) -> None:
    meaning = meaning_of(label)
    assert meaning is None or all(not each.alternatives for each in meaning.alternatives)


@given(st.text("aehiotwxyσ∂δΔΣdE_ /()[]{}0123456789.:ηbnsum∇^'+%=\\$ŷ₁²", max_size=20))
def test_what_is_nearly_a_label_has_an_answer(label: str) -> None:
    meaning = meaning_of(label)
    assert meaning is None or meaning.subject
