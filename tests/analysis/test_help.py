import pytest

from analysis.gazetteer import Gazetteer
from analysis.gold import sort_texts
from analysis.help import is_help
from analysis.signs import SignReader
from core.directory import Directory
from core.lexicon import load_lexicon

READER = SignReader(load_lexicon(), Gazetteer(Directory()))

CALLS = (
    "救命！三楼全是烟，我们出不去",
    "求救，一家四口被困在屋顶上",
    "奶奶腿脚不便，水快到腰了，有没有船能来接",
    "我妈要透析，路封了去不了医院",
    "孕妇羊水破了，叫不到救护车",
    "求助：小孩高烧不退，小区封着出不去",
    "房子塌了，我爸被埋在里面，快来人啊",
    "有人困在电梯里快两个小时了",
    "父亲心脏病药没了，哪里能买到",
    "独居老人没吃没喝三天了",
    "宿舍楼着火，还有同学在里面没出来",
    "隔壁厂漏氨，我们车间好几个工友呼吸困难",
    "爷爷联系不上，手机打不通，住在山脚",
    "奶粉断了，宝宝才四个月",
    "请求支援，山上还有十几个村民下不来",
    "急需氧气瓶，老人喘不过气",
    "被困高速十小时，车上有孩子，没水没吃的",
    "打不通119，楼道里全是浓烟，老人下不了楼",
    "谁能来救救我们，水已经漫进来了",
    "我和女儿在树上，水太大了下不去",
    "胰岛素用完了，家里病人撑不住",
    "求转移！卧床的母亲还在一楼",
    "孩子走丢了，地震后一直没找到",
    "外婆家房子裂了，人还在里面联系不上",
    "求药，癌症患者化疗药断了",
    "跪求一辆车送产妇去县医院",
    "我们这一车人困在雪里没油了",
    "停电了，家里呼吸机快没电了，爸爸怎么办",
    "邻居大爷晕倒了，120打不通",
    "SOS，岛上断水断粮",
    "村里老人多，走不动，水进屋了",
    "轮椅下不了楼，电梯停了，爷爷要去做透析",
    "还有乘客困在车厢里，水到胸口了",
    "发高烧三天了，孩子没药",
    "我老公在厂里，电话打不通，急死了",
    "我儿子在里面上班，手机关机，谁知道情况",
    "楼里着火了，我妈电话没人接",
    "村里十几个孩子发烧，没药了",
)
OTHERS = (
    "救命啊笑死我了",
    "救命太好笑了吧",
    "急求同款外套链接",
    "求推荐好吃的火锅",
    "应急局公布求助电话，请市民保存",
    "遇到火灾如何求救，这份指南请收好",
    "老人小孩都挺好的，放心",
    "我有皮卡，可以帮忙运物资",
    "被困人员已全部救出",
    "消防员破门救出被困老人，点赞",
    "停电了，几点来电",
    "今天学校停课，孩子在家",
    "救命稻草",
    "感谢救命恩人",
    "听说有人被困，真的假的",
    "求帮转抽奖，关注即可",
    "免费接送考生，有需要的联系",
    "堵车堵得走不动，孩子都睡着了",
    "地震了，大家注意安全",
    "火灾现场好大的烟",
    "请广大市民遇险及时拨打119",
    "老人说以前也淹过",
    "电影里主角被困在山洞，吓人",
    "消防演练，学生有序撤离",
    "明天几点上班",
    "祈祷被困的人平安",
    "菜价涨了，老人都买不起",
    "救救我的发际线",
    "物业电话没人接",
    "水退了，家里人都没事",
    "好多孩子上吐下泻，是不是食物中毒？",
    "十几个孩子发烧呕吐",
    "我妈电话没人接，烦",
)


@pytest.mark.parametrize("text", CALLS)
def test_a_call_for_help_is_found_with_or_without_the_word(text: str) -> None:
    assert is_help(text, READER.read(text))


@pytest.mark.parametrize("text", OTHERS)
def test_jokes_guides_offers_and_worries_are_no_call(text: str) -> None:
    assert not is_help(text, READER.read(text))


# Clear to a reader, and without a phrase that calls for help; none of them was trained on.
UNNAMED_CALLS = (
    "外婆一个人在平房里，水过了床板，她听不见电话",
    "木桥断了，我弟媳羊水流了一地，在桥这头",
    "工棚顶上坐着七个人，下面的水在转圈",
    "我爸的氧气瓶指针到底了，楼里没电，他脸色发青",
    "墙后面有人在敲，一下一下的，越来越轻",
    "面包车翻进水渠，后排两个孩子还没爬出来",
    "九楼阳台站着一家三口，屋里往外冒黑烟",
    "透析停了四天，妈妈喘得躺不下去，出村的路埋了",
    "我老公下井十个钟头，对讲机没有声音了",
    "老太太摔在楼梯口起不来，门反锁着，家里就她一个",
    "孩子烧到四十一度在抽，外面水到大腿出不去",
    "渔船翻了，三个人抱着一块木板往外海漂",
)
LIKE_CALLS = (
    "街口的水到大腿了，公交车停在水里，车上没人",
    "奶奶说她小时候那场水，全村在祠堂屋顶上住了三天",
    "一楼邻居都搬到我家来住了，挤是挤点，热闹",
    "家有卧床老人的，请提前告诉网格员，今晚统一转移",
    "三个被困的工人早上都升井了，家属在门口放鞭炮",
    "停电一天半，孩子写作业点蜡烛，问题不大",
    "昨晚河边那两个小孩让钓鱼的大叔捞上来了",
    "自来水停了三天，提水提到手软，水务的人在哪",
    "我有一台发电机，谁家有呼吸机的来拉",
    "泵房从早上起就没响过，水排不掉，年年如此",
    "剧里女主抱着孩子站在屋顶等船，我哭湿三张纸",
    "本次演习模拟两人坠井，用时十八分钟全部完成",
)


def test_a_call_is_found_where_no_phrase_says_so() -> None:
    assert [text for text in UNNAMED_CALLS if not sort_texts([text])[0].help] == []


def test_of_what_only_sounds_like_a_call_hardly_anything_is_taken_for_one() -> None:
    """A false hit costs a glance: when these were written, two of the twelve were taken."""
    assert sum(sort_texts([text])[0].help for text in LIKE_CALLS) <= 2
